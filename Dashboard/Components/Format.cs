using System.Globalization;

namespace Platform.Dashboard.Components;

/// <summary>Numbers, sizes and times as people read them; always with a point for decimals.</summary>
public static class Format
{
    /// <summary>Stands where a figure was not measured.</summary>
    public const string Nothing = "–";

    private static readonly CultureInfo _culture = CultureInfo.InvariantCulture;

    /// <summary>A count in full, in groups of three: <c>12,345</c>.</summary>
    public static string Count(long value) => value.ToString("N0", _culture);

    /// <summary>A large count in short: <c>124 M</c>, <c>3.2 k</c>; below 10,000 in full.</summary>
    public static string Short(double value)
    {
        var size = Math.Abs(value);
        return size switch
        {
            < 10_000 => value.ToString(size < 100 && value % 1 != 0 ? "0.#" : "N0", _culture),
            < 999_500 => Digits(value / 1e3) + " k",
            < 999_500_000 => Digits(value / 1e6) + " M",
            < 999_500_000_000 => Digits(value / 1e9) + " G",
            < 999_500_000_000_000 => Digits(value / 1e12) + " T",
            < 999_500_000_000_000_000 => Digits(value / 1e15) + " P",
            _ => Digits(value / 1e18) + " E",
        };
    }

    /// <summary>A size in bytes: <c>1.5 GB</c> (powers of ten).</summary>
    public static string Bytes(double value) => value switch
    {
        < 1_000 => value.ToString("0", _culture) + " B",
        < 999_500 => Digits(value / 1e3) + " kB",
        < 999_500_000 => Digits(value / 1e6) + " MB",
        < 999_500_000_000 => Digits(value / 1e9) + " GB",
        _ => Digits(value / 1e12) + " TB",
    };

    /// <summary>A loss in nats: four decimals, or what it is where it is not finite.</summary>
    public static string Loss(double? value) => value switch
    {
        null => Nothing,
        { } v when double.IsNaN(v) => "NaN",
        { } v when double.IsInfinity(v) => v > 0 ? "∞" : "−∞",
        { } v => v.ToString("0.0000", _culture),
    };

    /// <summary>A share as a percentage with one decimal.</summary>
    public static string Percent(double value) => (value * 100).ToString("0.0", _culture) + " %";

    /// <summary>A learning rate or another small figure: <c>6e-4</c>, <c>0.1</c>.</summary>
    public static string Small(double value)
    {
        if (value == 0)
            return "0";
        return Math.Abs(value) is < 0.001 or >= 100_000
            ? value.ToString("0.###e-0", _culture)
            : value.ToString("0.#####", _culture);
    }

    /// <summary>Tokens a second.</summary>
    public static string Rate(double? tokensPerSecond) =>
        tokensPerSecond is { } value ? Short(value) + " tok/s" : Nothing;

    /// <summary>A time span by its two largest units: <c>1 h 05 min</c>, <c>42 s</c>, <c>420 ms</c>.</summary>
    public static string Duration(double? seconds)
    {
        if (seconds is not { } value || !double.IsFinite(value))
            return Nothing;
        if (value is > 0 and < 0.9995)
            return value < 0.001 ? "below 1 ms" : (value * 1000).ToString("0", _culture) + " ms";
        if (value < 10)
            return value.ToString("0.0", _culture) + " s";
        var span = TimeSpan.FromSeconds(Math.Min(value, 1e9));
        return span switch
        {
            { TotalSeconds: < 60 } => $"{span.Seconds} s",
            { TotalMinutes: < 60 } => $"{span.Minutes} min {span.Seconds:00} s",
            { TotalHours: < 24 } => $"{span.Hours} h {span.Minutes:00} min",
            _ => $"{(long)span.TotalDays} d {span.Hours} h",
        };
    }

    /// <summary>How long ago something was: <c>just now</c>, <c>5 min ago</c>.</summary>
    public static string Ago(TimeSpan age) => age switch
    {
        { TotalSeconds: < 10 } => "just now",
        { TotalSeconds: < 60 } => $"{(int)age.TotalSeconds} s ago",
        { TotalMinutes: < 60 } => $"{(int)age.TotalMinutes} min ago",
        { TotalHours: < 24 } => $"{(int)age.TotalHours} h ago",
        _ => $"{(long)age.TotalDays} d ago",
    };

    /// <summary>The part of a resource name behind its collection: <c>runs/x</c> becomes <c>x</c>.</summary>
    public static string Id(string name) => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>What people call a resource: its display name, else its id.</summary>
    public static string Title(string displayName, string name) => displayName.Length > 0 ? displayName : Id(name);

    private static string Digits(double value) =>
        value.ToString(Math.Abs(value) < 9.995 ? "0.##" : Math.Abs(value) < 99.95 ? "0.#" : "0", _culture);
}
