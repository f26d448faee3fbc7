# Prints the image's greeting; needs nothing but a shell's own words.
read -r version </app/version.txt
read -r message </app/messages/first.txt
echo "$GREETING from an image that tsbuild $version made. $message"
if [ -r /app/built.txt ]; then
  read -r built </app/built.txt
  echo "$built"
fi
