chmod 755 tools/first/tool tools/second/tool
