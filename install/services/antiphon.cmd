@echo off
chcp 65001 >nul
rem Antiphon starts in a small window of its own; closing that window ends it.
start "Antiphon" /min $command
