"""From any picture to faces and their emotions, by OpenCV and ONNX Runtime."""
