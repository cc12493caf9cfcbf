#!/usr/bin/env bash
# What the manual of smart rollups ("Smart rollup node": prerequisites, origination, workflows) has its readers type at
# octez-client and octez-codec, as it stands there, against a sandbox in a process of its own.
#
#   manual-client.sh DIR    DIR/bin has tickproof, octez-client and octez-codec; DIR/sr_boot_kernel.sh defines KERNEL
#
# What each command prints follows a line "### name". Stops at the first command that fails.
source "$(dirname "${BASH_SOURCE[0]}")/manual-setup.sh" "$1"

# ---- What the manual takes for granted: an account, and a network with a faucet

ACCOUNT_NAME=operator

faucet() {
  octez-client transfer 20000 from bootstrap1 to "$1" --burn-cap 1 >/dev/null
}

# ---- Prerequisites

echo "### bootstrapped"
octez-client bootstrapped

echo "### protocols"
octez-client rpc get /chains/main/blocks/head/protocols
PROTO_HASH=$(octez-client rpc get /chains/main/blocks/head/protocols | sed -n 's/.*"next_protocol": *"\(ProtoALphaAL\).*/\1/p')

echo "### gen keys"
octez-client gen keys "${ACCOUNT_NAME}"

echo "### show address"
octez-client show address "${ACCOUNT_NAME}"
OPERATOR_ADDR=$(octez-client show address "${ACCOUNT_NAME}" | sed -n 's/^Hash: //p')
faucet "${OPERATOR_ADDR}"

echo "### get balance"
octez-client get balance for "${OPERATOR_ADDR}"

# ---- Origination

source sr_boot_kernel.sh # defines shell variable KERNEL

echo "### originate smart rollup"
octez-client originate smart rollup "${SR_ALIAS}" \
  from "${OPERATOR_ADDR}" \
  of kind wasm_2_0_0 \
  of type bytes \
  with kernel "${KERNEL}" \
  --burn-cap 999

SR_ADDR=$(octez-client show known smart rollup "${SR_ALIAS}")

# ---- Sending an external inbox message

echo "### originate contract"
octez-client -d "${OCLIENT_DIR}" -p ${PROTO_HASH} \
  originate contract go transferring 1 from "${OPERATOR_ADDR}" \
  running 'parameter string; storage string; code {CAR; NIL operation; PAIR};' \
  --init '""' --burn-cap 0.4

MESSAGE='{
    "transactions": [
      {
        "parameters": {"int": "37"},
        "destination": "KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5",
        "entrypoint": "%default"
      }
    ],
    "kind": "untyped"
  }'

EMESSAGE=$(octez-codec encode alpha.smart_rollup.outbox.message from "${MESSAGE}")
echo "### codec"
echo "$EMESSAGE"

echo "### send smart rollup message"
octez-client -d "${OCLIENT_DIR}" -p ${PROTO_HASH} \
 send smart rollup message "hex:[ \"${EMESSAGE}\" ]" \
 from "${OPERATOR_ADDR}"

# ---- Sending an internal inbox message

SR_ALIAS=echo2
echo "### originate smart rollup, booting with"
octez-client originate smart rollup "${SR_ALIAS}" \
  from "${OPERATOR_ADDR}" \
  of kind wasm_2_0_0 \
  of type bytes \
  booting with "${KERNEL}" \
  -burn-cap 999

write_internal_tz "${SR_ADDR}"

echo "### originate the contract that sends"
octez-client originate contract sender transferring 0 from "${OPERATOR_ADDR}" \
  running internal.tz --burn-cap 1

echo "### call it"
octez-client call sender from "${OPERATOR_ADDR}" --arg 0xcafe

echo "### inbox"
octez-client rpc get /chains/main/blocks/head/context/smart_rollups/all/inbox

# ---- Triggering the execution of an outbox message, of which there is no proof without a node

echo "### execute outbox message"
SR_ALIAS_OR_ADDR=$SR_ADDR
LCC=$(octez-client rpc get "/chains/main/blocks/head/context/smart_rollups/smart_rollup/${SR_ADDR}/genesis_info" |
  grep -o 'src1[1-9A-Za-z]*')
PROOF=0x00
"octez-client" -d "${OCLIENT_DIR}" -p ${PROTO_HASH} \
        execute outbox message of smart rollup "${SR_ALIAS_OR_ADDR}" \
        from "${OPERATOR_ADDR}" for commitment hash "${LCC}" \
        and output proof "${PROOF}" 2>&1 || echo "exit code $?"
echo "### end"
