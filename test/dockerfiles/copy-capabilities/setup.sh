chmod 755 tool
setcap cap_setuid,cap_net_bind_service=ep tool
