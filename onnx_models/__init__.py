"""The shelf: a folder for each model, with model.onnx and card.toml."""
