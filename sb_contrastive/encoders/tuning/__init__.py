"""What is trained of a pretrained network, and how the rest stays fixed and shared."""
