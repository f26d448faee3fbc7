printf 'one\r\n' > a.txt
sed -i 's/$/\r/' Dockerfile
