#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""read_results.py FILE: open the sample of test_results with other people's readers: labels, units
and values must be there without our code.
read_results.py --strange FOLDER: write one plain file and many that ours must refuse, without the
checksum, which test_results adds.
Exit 77 when Python lacks one of the readers."""
import os
import sys

try:
    import h5py
    import numpy as np

    if sys.argv[1] != "--strange":
        import h5netcdf  # noqa: F401
        import netCDF4  # noqa: F401
        import xarray as xr
except ImportError as missing:
    print(missing)
    sys.exit(77)

CLASSES = ["jobs", "größe/Ω", ""]


def with_xarray(path, engine):
    with xr.open_dataset(path, engine=engine) as root:
        assert root.attrs["Conventions"] == "CF-1.8"
        assert root.attrs["seed"] == -42
        assert root.attrs["spec"] == "title: a sample\n"
        assert root["replication"].values.tolist() == [1, 2]
    with xr.open_dataset(path, group="direct", engine=engine) as d:
        assert d["class"].values.tolist() == CLASSES, d["class"]
        assert d["time"].attrs["units"] == "s"
        assert d["time"].dtype == np.float64 and d["time"].values[2] == 3.0
        assert d["load"].dims == ("class", "slot", "time")
        assert d["load"].attrs["units"] == "1/s"
        assert d["load"].attrs["long_name"] == "arrivals"
        # cell(31, 2): (31 * 31 + 2) % 7 != 0; cell(30, 1): 931 % 7 == 0
        assert d["load"].sel({"class": "jobs", "slot": 31, "time": 3.0}) == 0.0
        assert abs(d["load"].sel({"class": "jobs", "slot": 30, "time": 1.5}) - 1.03) < 1e-15
        assert d["latency"].sel({"class": "jobs", "quantile": 0.5}) == 0.09
        assert np.isnan(d["latency"].sel({"class": "größe/Ω", "quantile": 0.5}))
        assert d["events"].dims == ("class", "replication")
        assert int(d["events"].values[0, 0]) == 2**64 - 1
        assert d["note"].values.tolist() == ["first", "second"]
        assert int(d["least"]) == -(2**63)
        assert d["deep"].ndim == 6
        assert d.sizes["row"] == 0
    with xr.open_dataset(path, group="direct/empty", engine=engine) as e:
        assert e["nothing"].shape == (0, 3)


def with_h5py(path):
    with h5py.File(path) as f:
        group = f["direct"]
        load = group["load"]
        assert load.attrs["units"] == "1/s"
        assert [axis[0].name for axis in load.dims] == [
            "/direct/class", "/direct/slot", "/direct/time"]
        for i, name in enumerate(("class", "slot", "time")):
            assert h5py.h5ds.is_scale(group[name].id)
            assert h5py.h5ds.is_attached(load.id, group[name].id, i)
        assert load.compression == "gzip" and load.shuffle and load.fletcher32
        assert group["class"].asstr()[1] == CLASSES[1]


def column(parent, name, data=None, **how):
    made = parent.create_dataset(name, data=data, **how)
    made.attrs["units"] = "1"
    made.attrs["long_name"] = ""
    return made


def strange(name, f, folder):
    numbers = np.arange(4.0)
    if name == "external_storage":
        raw = os.path.join(folder, "secret")
        with open(raw, "wb") as secret:
            secret.write(bytes(32))
        column(f, "y", shape=(4,), dtype="f8", external=[(raw, 0, 32)]).make_scale("y")
    elif name == "external_link":
        f["y"] = h5py.ExternalLink("plain", "/y")
    elif name == "soft_link":
        f["y"] = h5py.SoftLink("/")
    elif name == "circle":
        group = f.create_group("a")
        group["b"] = group
    elif name == "two_names":
        column(f, "y", numbers).make_scale("y")
        f["z"] = f["y"]
    elif name == "virtual":
        layout = h5py.VirtualLayout(shape=(4,), dtype="f8")
        layout[:] = h5py.VirtualSource("plain", "y", shape=(4,))
        made = f.create_virtual_dataset("y", layout)
        made.attrs["units"], made.attrs["long_name"] = "1", ""
    elif name == "foreign_filter":
        column(f, "y", numbers, chunks=(4,), compression="lzf").make_scale("y")
    elif name == "foreign_type":
        column(f, "y", numbers.astype("f4")).make_scale("y")
    elif name == "big_endian":
        column(f, "y", numbers.astype(">f8")).make_scale("y")
    elif name == "rank_11":
        column(f, "y", np.zeros((1,) * 11))
    elif name == "too_many_values":
        column(f, "y", shape=(2**20, 2**20), dtype="f8", chunks=(1, 16))
    elif name == "overflow":
        column(f, "y", shape=(2**28, 2**28, 2**28), dtype="f8", chunks=(1, 1, 16))
    elif name == "never_written":
        column(f, "y", shape=(2**20,), dtype="f8", chunks=(16,)).make_scale("y")
    elif name == "large_chunk":
        column(f, "y", np.zeros(2**20), chunks=(2**20,)).make_scale("y")
    elif name == "named_type":
        f["y"] = np.dtype("f8")
    elif name == "no_units":
        f.create_dataset("y", data=numbers).make_scale("y")
    elif name == "no_dimensions":
        column(f, "y", numbers)
    elif name == "array_attribute":
        f.attrs["a"] = [1, 2]
    elif name == "deep":
        f.create_group("/".join("x" * 20))
    elif name == "plain":
        column(f, "y", numbers).make_scale("y")


STRANGE = """plain external_storage external_link soft_link circle two_names virtual foreign_filter
    foreign_type big_endian rank_11 too_many_values overflow never_written large_chunk named_type
    no_units no_dimensions array_attribute deep"""

if sys.argv[1] == "--strange":
    h5py.get_config().track_order = True
    for name in STRANGE.split():
        with h5py.File(os.path.join(sys.argv[2], name), "w") as f:
            strange(name, f, sys.argv[2])
    sys.exit(0)

for engine in ("h5netcdf", "netcdf4", None):
    with_xarray(sys.argv[1], engine)
with_h5py(sys.argv[1])
