// The DAL's skip list cell that a refutation game keeps as its snapshot (protocol.md §4.1). No DAL runs here, so the cell of a
// new game is the genesis one; cells of real games are read and written back as they are. DAL proofs are left out.

import { codec, fixedBytes } from "../encoding/codecs.js";
import { DecodeError } from "../encoding/errors.js";
import { type Form, type FormValue, formOf, mapped, req, variant, variantsForm } from "../encoding/form.js";
import { base58Form, boolForm, hexForm, uint8Form, uint16Form } from "../encoding/form-leaves.js";
import { expectString, JsonError } from "../encoding/json.js";
import { type Brand, contractForm, levelForm } from "./identifiers.js";
import { cellForm, genesisCell, type SkipListCell } from "./skip-list.js";

/** Hash of a cell: "dask1…". */
export type DalPointerHash = Brand<Uint8Array, "DalPointerHash">;

/** The version of slot headers: a byte of zero, "0" in JSON. */
const headerVersionForm: Form<0> = formOf<0>(
  codec(
    "slot header version",
    1,
    (w) => w.u8(0),
    (r) => {
      const at = r.position;
      const tag = r.u8();
      if (tag !== 0) throw new DecodeError("encoding.unknown_tag", `no slot header has version ${tag}`, at, tag);
      return 0;
    },
  ),
  () => "0",
  (json) => {
    const text = expectString(json);
    if (text !== "0") throw new JsonError("encoding.json.bad_value", 'version "0" expected', text);
    return 0;
  },
);

const slotId = { level: req("level", levelForm), index: req("index", uint8Form) };
const attestationLag = { attestationLag: req("attestation_lag", uint8Form) };
const publication = {
  publisher: req("publisher", contractForm),
  isProtoAttested: req("is_proto_attested", boolForm),
  attestedShards: req("attested_shards", uint16Form),
  totalShards: req("total_shards", uint16Form),
};
const slotHeader = {
  version: req("version", headerVersionForm),
  ...slotId,
  commitment: req("commitment", base58Form<Uint8Array>("slotHeader")),
};

/** A slot of a level: published or not, with the lag of its attestation or (before lags) without. */
const dalContentForm = variantsForm("DAL slot content", "kind", {
  unpublishedLegacy: variant(2, { kind: "unpublished" }, slotId),
  publishedLegacy: variant(3, { kind: "published" }, { ...publication, ...slotHeader }),
  unpublished: variant(4, { kind: "unpublished" }, { ...attestationLag, ...slotId }),
  published: variant(5, { kind: "published" }, { ...publication, ...attestationLag, ...slotHeader }),
});

export type DalContent = FormValue<typeof dalContentForm>;

/** A cell of the list of DAL slots. */
export type DalSnapshot = SkipListCell<DalContent, DalPointerHash>;

/** The cell of a chain without DAL. */
export const DAL_GENESIS: DalSnapshot = genesisCell({ kind: "unpublishedLegacy", level: 0, index: 0 });

const LEGACY_CELL_BYTES = 57;

const taggedSnapshotForm = variantsForm("DAL snapshot", "kind", {
  /** Of games started before the DAL: 57 bytes, always the genesis cell. Never written. */
  legacy: variant(
    0,
    { kind: "dal_skip_list_legacy" },
    { skipList: req("skip_list", hexForm(fixedBytes(LEGACY_CELL_BYTES))) },
  ),
  current: variant(
    1,
    { kind: "dal_skip_list" },
    { skipList: req("skip_list", cellForm(dalContentForm, base58Form<DalPointerHash>("dalSkipListHash"))) },
  ),
});

export const dalSnapshotForm: Form<DalSnapshot> = mapped(
  taggedSnapshotForm,
  (tagged) => (tagged.kind === "legacy" ? DAL_GENESIS : tagged.skipList),
  (skipList) => ({ kind: "current" as const, skipList }),
);
