using Platform.Workspaces.Errors;

namespace Platform.Datasets.Readers;

/// <summary>A source file with something wrong in it; the message names file, line and reason.</summary>
public sealed class MalformedInputException : PlatformException
{
    /// <summary>The word for programs.</summary>
    public const string Word = "MALFORMED_INPUT";

    /// <summary>Creates the error for one line.</summary>
    /// <param name="file">The file's name as people know it.</param>
    /// <param name="line">From 1; 0: no line in particular.</param>
    /// <param name="problem">What is wrong, a clause without a full stop.</param>
    /// <param name="inner">What caused it.</param>
    public MalformedInputException(string file, long line, string problem, Exception? inner = null)
        : base(Word, line > 0 ? $"{file}, line {line}: {problem}." : $"{file}: {problem}.", inner)
    {
        File = file;
        Line = line;
        Problem = problem;
    }

    /// <summary>The file's name as people know it.</summary>
    public string File { get; }

    /// <summary>From 1; 0: no line in particular.</summary>
    public long Line { get; }

    /// <summary>What is wrong, a clause without a full stop.</summary>
    public string Problem { get; }
}
