using Platform.Dashboard.Charts;

namespace Platform.Dashboard.Tests.Charts;

public sealed class HellaSwagReferencesTests
{
    [Theory]
    [InlineData(0, "GPT-2 124M", "GPT-3 124M")]
    [InlineData(675_000, "GPT-2 124M", "GPT-3 124M")]
    [InlineData(354_823_168, "GPT-2 350M", "GPT-3 350M")]
    [InlineData(774_030_080, "GPT-2 774M", "GPT-3 760M")]
    [InlineData(1_557_611_200, "GPT-2 1558M", "GPT-3 1.3B")]
    public void Near_Size_IsOneLineOfEitherFamily(long parameters, string gpt2, string gpt3) =>
        Assert.Equal([gpt2, gpt3], HellaSwagReferences.Near(parameters).Select(line => line.Label));
}
