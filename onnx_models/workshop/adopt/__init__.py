"""Takes other people's models in: what they are, their weights as ONNX, a proof and a card."""
