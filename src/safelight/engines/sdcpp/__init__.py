"""The engine on stable-diffusion.cpp: every model family that ggml code exists for, quantised files included."""
