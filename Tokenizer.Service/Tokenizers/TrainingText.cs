using Platform.TokenizerHost.Datasets;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Finds a tokenizer's training text.</summary>
internal sealed class TrainingText(InputFiles files)
{
    /// <summary>Finds every input's files.</summary>
    /// <exception cref="PlatformException">An input is none, does not exist, is not ready or is damaged.</exception>
    public TrainingTextSource Open(IReadOnlyList<string> inputs) => new(files.Find(inputs));
}
