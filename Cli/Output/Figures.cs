using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;

namespace Platform.Cli.Output;

/// <summary>Numbers, times and states as people read them.</summary>
internal static class Figures
{
    public static string Loss(double? value) => value?.ToString("F4", CultureInfo.InvariantCulture) ?? "–";

    public static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number of things: "1 item", "1,000 items".</summary>
    public static string Count(long value, string thing) => $"{Count(value)} {thing}{(value == 1 ? "" : "s")}";

    public static string Bytes(long value) => value switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{value / (double)(1L << 30):F1} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{value / (double)(1L << 20):F1} MiB"),
        >= 1L << 10 => string.Create(CultureInfo.InvariantCulture, $"{value / (double)(1L << 10):F1} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value} B"),
    };

    public static string Seconds(double value) => TimeSpan.FromSeconds(value) is var time && time.TotalHours >= 1
        ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture)
        : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);

    public static string Time(Timestamp? time) => time is null
        ? "–"
        : time.ToDateTime().ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Of(State state) => state.ToString().ToLowerInvariant();

    public static bool HasEnded(State state) => state is State.Succeeded or State.Failed or State.Cancelled;
}
