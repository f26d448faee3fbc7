chmod 755 note
