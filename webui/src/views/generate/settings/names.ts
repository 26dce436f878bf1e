/** Names of samplers and schedulers as people know them, made of the server's. */

const WHOLE: Record<string, string> = {
  dpmpp: "DPM++",
  dpm2: "DPM2",
  sde: "SDE",
  a: "a",
  lms: "LMS",
  ddim: "DDIM",
  ddpm: "DDPM",
  pndm: "PNDM",
  unipc: "UniPC",
  deis: "DEIS",
  lcm: "LCM",
  tcd: "TCD",
  sgm: "SGM",
  kl: "KL",
};

/** `dpmpp_2m_sde` is “DPM++ 2M SDE”. */
export function named(name: string): string {
  return name
    .split("_")
    .map(
      (part) => WHOLE[part] ?? (/^\d/.test(part) ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1)),
    )
    .join(" ");
}
