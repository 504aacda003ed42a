"""Where pixels come from: every source becomes one memory map of uint8 pixels."""
