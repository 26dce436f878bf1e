"""Networks of a diffusers pipeline computed by OpenVINO, behind the pipeline's own modules."""
