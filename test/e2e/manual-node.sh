#!/usr/bin/env bash
# What the manual of smart rollups ("Smart rollup node") has its readers type at octez-smart-rollup-node and curl, and at octez-client and
# octez-codec on the way: a node configured and run, an outbox message from its encoding to its execution on layer 1, an internal
# message, the reveal channel. The commands stand here as they stand there; where they could not work, a comment says why.
#
#   manual-node.sh DIR PORT REVEAL_PORT SERVER
#
# DIR/bin has tickproof, octez-client, octez-codec and octez-smart-rollup-node; DIR/sr_boot_kernel.sh defines KERNEL, DIR/reveals.sh defines
# REVEAL_KERNEL and the hashes IN_FILE and ON_SERVER; DIR/pages has the page of the first, SERVER/pages serves that of the second. At
# SERVER/bake?ENDPOINT an operation is sent to the sandbox, which makes a block of it. The nodes listen on the ports. What each command prints follows a line "### name". Stops at the first command that fails.
PORT=$2
REVEAL_PORT=$3
SERVER=$4
PRE_IMAGES_URL=$SERVER/pages
cat >"$1/constants.json" <<CONSTANTS
{
  "smart_rollup_commitment_period_in_blocks": 3,
  "smart_rollup_challenge_window_in_blocks": 4,
  "smart_rollup_timeout_period_in_blocks": 15
}
CONSTANTS
source "$(dirname "${BASH_SOURCE[0]}")/manual-setup.sh" "$1" --protocol-constants constants.json
TEZOS_PATH="$PWD/bin"
PROTO_HASH=ProtoALphaAL

# The level of the block in which a command of the client found its operation.
level_of() {
  curl -sf "$endpoint/chains/main/blocks/$(sed -n 's/^Operation found in block: \(\w*\).*/\1/p' "$1")/header" |
    sed -n 's/.*"level":\([0-9]*\).*/\1/p'
}

OPERATOR_ADDR=$(octez-client show address bootstrap2 | sed -n 's/^Hash: //p')

source sr_boot_kernel.sh # defines shell variable KERNEL

octez-client originate smart rollup "${SR_ALIAS}" \
  from "${OPERATOR_ADDR}" \
  of kind wasm_2_0_0 \
  of type bytes \
  with kernel "${KERNEL}" \
  --burn-cap 999 >origination.log
SR_ADDR=$(sed -n 's/^ *Address: //p' origination.log)

# ---- Deploying a rollup node, configuration file

ROLLUP_NODE_MODE=operator
ROLLUP_NODE_DIR="$PWD/rollup-node"
SR_ALIAS_OR_ADDR=$SR_ALIAS

echo "### init config"
octez-smart-rollup-node --base-dir "${OCLIENT_DIR}" \
                 init "${ROLLUP_NODE_MODE}" config \
                 for "${SR_ALIAS_OR_ADDR}" \
                 with operators "${OPERATOR_ADDR}" \
                 --data-dir "${ROLLUP_NODE_DIR}"
echo "### config.json"
cat "${ROLLUP_NODE_DIR}/config.json"
echo

# The port is the default in the manual.
octez-smart-rollup-node --base-dir "${OCLIENT_DIR}" run --data-dir ${ROLLUP_NODE_DIR} --rpc-port "$PORT" >node.log 2>&1 &
started+=("$!")
ROLLUP_NODE_ENDPOINT=http://127.0.0.1:$PORT
# In the manual the operator sends everything that follows, too. A program that sends operations of an account while another one does is refused
# whenever they meet, with Octez as here: so the rest is sent by somebody else, as anybody may.
OPERATOR_ADDR=$(octez-client show address bootstrap3 | sed -n 's/^Hash: //p')

node_answers() { curl -sf "$ROLLUP_NODE_ENDPOINT/health" >/dev/null; }

# ---- Sending an external inbox message

octez-client -d "${OCLIENT_DIR}" -p ${PROTO_HASH} \
  originate contract go transferring 1 from "${OPERATOR_ADDR}" \
  running 'parameter string; storage string; code {CAR; NIL operation; PAIR};' \
  --init '""' --burn-cap 0.4 >go.log
CONTRACT=$(sed -n 's/^New contract \(KT1[1-9A-Za-z]*\) originated.*/\1/p' go.log)

# An int for a string, and an entrypoint of eight characters: the contract has neither.
MESSAGE='{
    "transactions": [
      {
        "parameters": {"int": "37"},
        "destination": "'$CONTRACT'",
        "entrypoint": "%default"
      }
    ],
    "kind": "untyped"
  }'
EMESSAGE=$(octez-codec encode alpha.smart_rollup.outbox.message from "${MESSAGE}")

octez-client -d "${OCLIENT_DIR}" -p ${PROTO_HASH} \
 send smart rollup message "hex:[ \"${EMESSAGE}\" ]" \
 from "${OPERATOR_ADDR}" >manual-message.log
MANUAL_L=$(level_of manual-message.log)

# What the contract takes; and an int, to the entrypoint that it has.
MESSAGE='{
    "transactions": [
      {
        "parameters": {"string": "37"},
        "destination": "'$CONTRACT'",
        "entrypoint": "default"
      }
    ],
    "kind": "untyped"
  }'
EMESSAGE=$(octez-codec encode alpha.smart_rollup.outbox.message from "${MESSAGE}")
INT_MESSAGE=$(octez-codec encode alpha.smart_rollup.outbox.message from "${MESSAGE/'"string"'/'"int"'}")

octez-client -d "${OCLIENT_DIR}" -p ${PROTO_HASH} \
 send smart rollup message "hex:[ \"${EMESSAGE}\", \"${INT_MESSAGE}\" ]" \
 from "${OPERATOR_ADDR}" >message.log
L=$(level_of message.log)

# ---- Sending an internal inbox message

write_internal_tz "${SR_ADDR}"
octez-client originate contract sender transferring 0 from "${OPERATOR_ADDR}" \
  running internal.tz --burn-cap 1 >/dev/null
octez-client call sender from "${OPERATOR_ADDR}" --arg 0xcafe >internal.log
INTERNAL_L=$(level_of internal.log)

level_at() { curl -sf "$ROLLUP_NODE_ENDPOINT/global/block/$1/level" || echo 0; }
node_is_at() { [ "$(level_at "$2")" -ge "$1" ]; }
# Blocks come when operations do: more are made while one waits, never more than the node has seen.
cemented() {
  if node_is_at "$L" cemented; then return; fi
  if [ "$(level_at head)" = "$(curl -sf "$endpoint/chains/main/blocks/head/header" | sed -n 's/.*"level":\([0-9]*\).*/\1/p')" ]; then
    curl -sf "$SERVER/bake?$endpoint" >/dev/null
  fi
  return 1
}
await node_answers
await node_is_at "$INTERNAL_L" head
echo "### internal message"
curl -sf "${ROLLUP_NODE_ENDPOINT}/global/block/${INTERNAL_L}?outbox=true"

# ---- Populating the reveal channel

source reveals.sh
octez-client originate smart rollup reveal from "${OPERATOR_ADDR}" of kind wasm_2_0_0 of type bytes with kernel "${REVEAL_KERNEL}" \
  --burn-cap 999 >/dev/null
mkdir -p reveal-node/wasm_2_0_0
cp "pages/${IN_FILE}" reveal-node/wasm_2_0_0
octez-smart-rollup-node --base-dir "${OCLIENT_DIR}" run observer for reveal with operators "${OPERATOR_ADDR}" \
  --data-dir reveal-node --rpc-port "$REVEAL_PORT" --pre-images-endpoint "${PRE_IMAGES_URL}" >reveal.log 2>&1 &
started+=("$!")
revealed() {
  local value
  value=$(curl -sf "http://127.0.0.1:$REVEAL_PORT/global/block/head/durable/wasm_2_0_0/value?key=/revealed") && [ "$value" != "null" ] &&
    [ "$value" != "${1:-}" ]
}
octez-client send smart rollup message "hex:[ \"${IN_FILE}\" ]" from "${OPERATOR_ADDR}" >/dev/null
await revealed
echo "### revealed from a file"
value=$(curl -sf "http://127.0.0.1:$REVEAL_PORT/global/block/head/durable/wasm_2_0_0/value?key=/revealed")
echo "$value"
octez-client send smart rollup message "hex:[ \"${ON_SERVER}\" ]" from "${OPERATOR_ADDR}" >/dev/null
await revealed "$value"
echo "### revealed from a server"
curl -sf "http://127.0.0.1:$REVEAL_PORT/global/block/head/durable/wasm_2_0_0/value?key=/revealed"
echo
echo "### cached"
ls reveal-node/wasm_2_0_0

# ---- Triggering the execution of an outbox message

await cemented
echo "### outbox"
curl -i "${ROLLUP_NODE_ENDPOINT}/global/block/cemented/outbox/${L}/messages" 2>/dev/null
echo
echo "### outbox of the manual's message"
curl -sf "${ROLLUP_NODE_ENDPOINT}/global/block/cemented/outbox/${MANUAL_L}/messages"
echo
echo "### contract"
echo "$CONTRACT"

# In the manual the proof is the answer as a whole, headers included, of an address with spaces in it; and the commitment the last that was
# cemented, which the answer names.
prove() {
  local level=$1 index=$2
  ANSWER=$(curl -i "${ROLLUP_NODE_ENDPOINT}/global/block/head/helpers/proofs/outbox/${level}/messages?index=${index}" 2>/dev/null)
  PROOF=$(sed -n 's/.*"proof":"\([0-9a-f]*\)".*/0x\1/p' <<<"$ANSWER")
  LCC=$(sed -n 's/.*"commitment":"\(\w*\)".*/\1/p' <<<"$ANSWER")
}

# The manual has no --burn-cap, and the storage of the contract grows.
execute() {
  "${TEZOS_PATH}/octez-client" -d "${OCLIENT_DIR}" -p ${PROTO_HASH} \
        execute outbox message of smart rollup "${SR_ALIAS_OR_ADDR}" \
        from "${OPERATOR_ADDR}" for commitment hash "${LCC}" \
        and output proof "${PROOF}" --burn-cap 1 2>&1
}

echo "### execute the manual's message"
prove "$MANUAL_L" 0
execute || echo "exit code $?"
echo "### execute with an int"
prove "$L" 1
execute || echo "exit code $?"
echo "### execute"
prove "$L" 0
execute
echo "### storage"
curl -sf "$endpoint/chains/main/blocks/head/context/contracts/$CONTRACT/storage"
echo
echo "### end"
