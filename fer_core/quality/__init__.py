"""What is wrong with the images and their labels: copies, near copies, suspicious labels."""
