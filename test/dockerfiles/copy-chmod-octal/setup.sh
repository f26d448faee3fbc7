ln -s b tree/link
