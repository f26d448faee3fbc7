mkdir expected
cp .dockerignore Dockerfile.dockerignore Dockerfile general expected/
