namespace Platform.TrainerHost.Queue;

/// <summary>Which devices are free for runs: each takes so many at once.</summary>
/// <param name="devices">The devices that runs are spread over;
/// none: wherever a worker chooses, in one common place.</param>
/// <param name="perDevice">Runs, or packs of them, that train at once on each.</param>
internal sealed class DeviceSlots(IReadOnlyList<string> devices, int perDevice)
{
    private const string Auto = "auto";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _used = [];

    /// <summary>Takes a place.</summary>
    /// <param name="wanted">The device that the run's spec names, or <c>auto</c>.</param>
    /// <returns>The device to train on; empty: as the spec says; null where none is free.</returns>
    public string? TryTake(string wanted)
    {
        lock (_lock)
        {
            var device = devices.Count == 0 ? ""
                : wanted is "" or Auto ? devices.FirstOrDefault(HasRoom)
                : Full(wanted);
            if (device is null || !HasRoom(device))
                return null;
            Take(device);
            return device;
        }
    }

    /// <summary>Takes the place of a run that trains already, whether one is free or not.</summary>
    /// <param name="device">Where it trains; empty where that is not known.</param>
    /// <returns>What to give back.</returns>
    public string Adopt(string device)
    {
        lock (_lock)
        {
            var place = devices.Count == 0 ? "" : device.Length > 0 ? Full(device) : devices[0];
            Take(place);
            return place;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Return(string device)
    {
        lock (_lock)
            _used[device]--;
    }

    private static string Full(string device) => device == "cuda" ? "cuda:0" : device;

    private void Take(string device) => _used[device] = _used.GetValueOrDefault(device) + 1;

    // A device that stands there twice takes twice as many.
    private bool HasRoom(string device) =>
        _used.GetValueOrDefault(device) < perDevice * Math.Max(1, devices.Count(other => Full(other) == device));
}
