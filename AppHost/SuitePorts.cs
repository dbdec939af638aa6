using System.Globalization;

namespace Platform.AppHost;

/// <summary>Which ports the user asked for instead of those in the services' settings.</summary>
internal sealed class SuitePorts
{
    /// <summary>Where the default ports begin; <c>--ports BASE</c> moves all of them by BASE less this.</summary>
    public const int DefaultBase = 5100;

    // Room for every service's ports above the base.
    private const int MaxBase = 65_535 - 100;

    private readonly Dictionary<string, int> _single = new(StringComparer.OrdinalIgnoreCase);
    private int? _base;

    /// <summary><c>--ports BASE</c>; 0: a free port for every endpoint.</summary>
    public void SetBase(string text) => _base = Parse("--ports", text, MaxBase);

    /// <summary><c>--port NAME:ENDPOINT=PORT</c>; 0: a free port.</summary>
    public void SetSingle(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || !text.AsSpan(0, equals).Contains(':'))
            throw new UsageException($"--port {text}: expected NAME:ENDPOINT=PORT, for example trainer:grpc=6111.");
        _single[text[..equals]] = Parse("--port", text[(equals + 1)..], 65_535);
    }

    /// <summary>The port for one endpoint; null for a free one.</summary>
    /// <param name="resource">The service's name.</param>
    /// <param name="endpoint">The endpoint's name.</param>
    /// <param name="configured">The port in the service's settings.</param>
    public int? Choose(string resource, string endpoint, int? configured)
    {
        if (_single.TryGetValue($"{resource}:{endpoint}", out var port))
            return port == 0 ? null : port;
        if (_base is not { } moved)
            return configured;
        return moved == 0 || configured is null ? null : configured - DefaultBase + moved;
    }

    /// <summary>Refuses a <c>--port</c> whose endpoint does not exist.</summary>
    public void CheckNames(IEnumerable<string> known)
    {
        var names = known.ToList();
        foreach (var name in _single.Keys)
        {
            if (!names.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw new UsageException($"--port {name}: no such endpoint. There are {string.Join(", ", names)}.");
        }
    }

    private static int Parse(string option, string text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= max
            ? port
            : throw new UsageException($"{option} {text}: expected a number from 0 to {max}.");
}
