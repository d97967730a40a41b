"""ImageNet weights for the backbones of transfer learning."""
