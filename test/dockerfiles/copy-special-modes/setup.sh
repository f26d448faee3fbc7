chmod 4755 tree/suid
chmod 2755 tree/sgid
chmod 1777 tree/shared
