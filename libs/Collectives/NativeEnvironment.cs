using System.Runtime.InteropServices;

namespace Platform.Collectives;

/// <summary>Variables as C libraries see them: .NET keeps a copy of its own.</summary>
public static partial class NativeEnvironment
{
    /// <summary>Sets a variable for libraries that are loaded later, and for this program.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="overwrite">Whether a value that is there already goes.</param>
    public static void Set(string name, string value, bool overwrite = false)
    {
        if (!overwrite && Environment.GetEnvironmentVariable(name) is not null)
            return;
        Environment.SetEnvironmentVariable(name, value);
        if (OperatingSystem.IsLinux())
            _ = SetVariable(name, value, 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
