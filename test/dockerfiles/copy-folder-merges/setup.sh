chmod 700 first second
chmod 750 first/shared
chmod 711 second/shared
