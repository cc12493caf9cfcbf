# What both scripts of the manual's commands take for granted, to be sourced: a folder with programs, a node on a network, a directory of
# keys; and what the manual says of internal messages.
#
#   source manual-setup.sh DIR [SANDBOX_OPTION...]
#
# DIR/bin has the programs, DIR/sr_boot_kernel.sh defines KERNEL. Goes to DIR, runs the sandbox there, and leaves its address in endpoint.
set -euo pipefail
cd "$1"
shift
export PATH="$PWD/bin:$PATH"
export TEZOS_CLIENT_DIR="$PWD/client"
export TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER=y
OCLIENT_DIR=$TEZOS_CLIENT_DIR
SR_ALIAS=echo

started=()
stop() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait || true
}
trap stop EXIT

# Looks again and again whether a command succeeds, while those that were started live and no node has given up.
await() {
  until "$@"; do
    for pid in "${started[@]}"; do kill -0 "$pid" || fail; done
    if grep -sq 'Fatal daemon error' node.log reveal.log; then fail; fi
    sleep 0.1
  done
}
fail() {
  for log in *.log; do
    echo "== $log"
    tail -n 20 "$log"
  done >&2
  exit 1
}

tickproof sandbox --rpc-port 0 --block-time 0 --base-dir "$OCLIENT_DIR" "$@" >sandbox.log 2>&1 &
started+=("$!")
await grep -q '^head:' sandbox.log
endpoint=$(sed -n 's/^endpoint: *//p' sandbox.log)
octez-client --endpoint "$endpoint" config init >/dev/null

# The manual's contract that sends what it is called with to the rollup at an address, in a file.
write_internal_tz() {
  cat >internal.tz <<SCRIPT
parameter bytes;
storage unit;
code
  {
    UNPAIR;
    PUSH address "$1";
    CONTRACT bytes;
    IF_NONE { PUSH string "Invalid address"; FAILWITH } {};
    PUSH mutez 0;
    DIG 2;
    TRANSFER_TOKENS;
    NIL operation;
    SWAP;
    CONS;
    PAIR;
  }
SCRIPT
}
