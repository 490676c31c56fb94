CREATE DATABASE lakmus_lake OWNER lakmus;
