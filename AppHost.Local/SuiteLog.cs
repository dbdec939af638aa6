namespace Platform.AppHost.Local;

/// <summary>
/// Writes every line with the name of where it comes from, in that resource's colour on a terminal. While something
/// else draws on the terminal (the quickstart's progress bars) the lines go to a file instead.
/// </summary>
internal sealed class SuiteLog(TextWriter output, bool colour) : IDisposable
{
    /// <summary>The name of the runner's own lines.</summary>
    public const string Self = "apphost";

    // Cyan, green, yellow, blue, magenta, and their bright kin; red is left to errors.
    private static readonly int[] s_colours = [36, 32, 33, 34, 35, 96, 92, 93, 94, 95];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _colours = [];
    private StreamWriter? _file;
    private int _width = Self.Length;

    public static SuiteLog ForConsole() => new(
        Console.Out,
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    /// <summary>Announces the names, so that all lines begin at one column.</summary>
    public void Register(IEnumerable<string> names)
    {
        lock (_lock)
        {
            foreach (var name in names)
            {
                _width = Math.Max(_width, name.Length);
                _colours.TryAdd(name, s_colours[_colours.Count % s_colours.Length]);
            }
        }
    }

    /// <summary>From now on lines go to this file (begun anew); null: to the console again.</summary>
    public void RedirectTo(string? path)
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = path is null ? null : new StreamWriter(path, append: false) { AutoFlush = true };
        }
    }

    public void Write(string name, string line)
    {
        lock (_lock)
        {
            if (_file is not null)
                _file.WriteLine($"{name.PadRight(_width)} | {line}");
            else if (colour)
                output.WriteLine($"\e[{_colours.GetValueOrDefault(name, 1)}m{name.PadRight(_width)} |\e[0m {line}");
            else
                output.WriteLine($"{name.PadRight(_width)} | {line}");
        }
    }

    public void Say(string line) => Write(Self, line);

    public void Dispose() => RedirectTo(null);
}
