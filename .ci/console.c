/* console TRIGGER COMMAND [ARGS]: runs a command in a console of its own, presses Ctrl-C there as soon as the file
   TRIGGER exists, and ends with the command's exit code. For .ci/windows_try.py, which has no keyboard. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static BOOL WINAPI outlive(DWORD event) {
  (void)event;
  return TRUE;
}

int main(int argc, char **argv) {
  char line[32768] = "";
  for (int i = 2; i < argc; i++) {
    strcat(strcat(strcat(line, i > 2 ? " \"" : "\""), argv[i]), "\"");
  }
  STARTUPINFOA start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
  start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
  start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
  start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  PROCESS_INFORMATION child;
  if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, CREATE_NEW_CONSOLE, NULL, NULL, &start, &child)) {
    fprintf(stderr, "console: cannot start %s: %lu\n", argv[2], GetLastError());
    return 99;
  }
  int pressed = 0;
  while (WaitForSingleObject(child.hProcess, 20) == WAIT_TIMEOUT) {
    if (!pressed && GetFileAttributesA(argv[1]) != INVALID_FILE_ATTRIBUTES) {
      pressed = 1;
      FreeConsole();
      SetConsoleCtrlHandler(outlive, TRUE);
      if (!AttachConsole(child.dwProcessId) || !GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) {
        fprintf(stderr, "console: no Ctrl-C: %lu\n", GetLastError());
      }
    }
  }
  DWORD code = 98;
  GetExitCodeProcess(child.hProcess, &code);
  return (int)code;
}
