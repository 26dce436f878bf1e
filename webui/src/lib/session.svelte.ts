/** Who uses the page: an API key where the server asks for one, kept for this tab or on this device. */
import { remembered } from "$lib/remembered";

const device = remembered("key", "", "localStorage");
const tab = remembered("key", "", "sessionStorage");

class Session {
  key = $state(tab.get() || device.get());
  /** The server asked for a key, or refused the one we have: the page shows the login. */
  locked = $state(false);
  /** The key that was refused was one of ours, not the first question for one. */
  wrong = $state(false);

  get headers(): Record<string, string> {
    return this.key ? { Authorization: `Bearer ${this.key}` } : {};
  }

  /** A call was answered 401. */
  refused(): void {
    this.wrong = this.key !== "";
    this.locked = true;
  }

  /** Take a key if the server knows it; `stay` keeps it on this device, else it is gone with the tab. */
  async signIn(key: string, stay: boolean): Promise<boolean> {
    const answer = await fetch("/api/v1/auth/validate", { headers: { Authorization: `Bearer ${key}` } });
    if (answer.status === 401) return false;
    this.key = key;
    device.set(stay ? key : "");
    tab.set(stay ? "" : key);
    this.locked = this.wrong = false;
    return true;
  }

  signOut(): void {
    device.set("");
    tab.set("");
    this.key = "";
    location.reload();
  }
}

export const session = new Session();
