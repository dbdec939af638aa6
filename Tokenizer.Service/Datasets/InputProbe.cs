using Platform.Datasets.Readers;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Reads the beginning of sources while the caller waits, so that a wrong file, column or template is told at
/// once and not by a failed job.</summary>
internal static class InputProbe
{
    /// <summary>Bytes on disk that are read at most: small inputs are checked whole, in well under a second.</summary>
    private const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>Checks the sources.</summary>
    /// <param name="files">All that are on this machine.</param>
    /// <param name="read">Reads one of them, whatever comes of it.</param>
    /// <param name="field">The inputs' field, for the error.</param>
    /// <exception cref="InvalidArgumentException">Something is wrong; file, line and reason.</exception>
    public static void Check(
        IReadOnlyList<SourceFile> files, Func<SourceFile, Action<long>, IEnumerable<object>> read, string field)
    {
        var bytes = 0L;
        foreach (var file in files)
        {
            try
            {
                using var each = read(file, count => bytes += count).GetEnumerator();
                while (bytes < MaxBytes && each.MoveNext())
                {
                    // Reading it is the check.
                }
            }
            catch (MalformedInputException e)
            {
                throw new InvalidArgumentException(field, e.Message);
            }

            if (bytes >= MaxBytes)
                return;
        }
    }
}
