"""Pictures and archives of pictures, and what is made of their faces."""
