"""Lets `python -m ablation` run the command `ablation`."""

from ablation.cli.app import app

if __name__ == "__main__":
    app(prog_name="ablation")
