namespace Platform.Cli.Commands;

/// <summary>What the process answers to its shell.</summary>
internal static class ExitCodes
{
    /// <summary>All went well.</summary>
    public const int Ok = 0;

    /// <summary>A call, or the work it asked for, failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a spec is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;
}
