"""hadath: Arabic security news in, events out. Here is what training and inference share."""
