mkdir -p tree/folder
echo file > tree/file
cp /bin/true tree/tool
setfattr -n user.note -v hello tree/file
setfattr -n user.bytes -v 0x00ff80fe0a3d tree/file
setfattr -n user.folder -v yes tree/folder
setfattr -n user.large -v "$(printf '%01000d' 7)" tree/tool
chmod 755 tree/tool
setcap cap_net_bind_service,cap_setuid=ep tree/tool
tar --create --xattrs --xattrs-include='*' --owner=0 --group=0 --mtime=@1234567890 -f archive.tar tree
rm -r tree
