using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tests.Components;

public sealed class FormatTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(9_999, "9,999")]
    [InlineData(10_745_088, "10.7 M")]
    [InlineData(124_439_808, "124 M")]
    [InlineData(1_558_000_000, "1.56 G")]
    [InlineData(9_752.4, "9,752")]
    [InlineData(2.5e12, "2.5 T")]
    [InlineData(5.186e15, "5.19 P")]
    [InlineData(3.14e23, "314000 E")]
    public void Short_Count_HasThreeDigits(double value, string words) => Assert.Equal(words, Format.Short(value));

    [Theory]
    [InlineData(512, "512 B")]
    [InlineData(999_999, "1 MB")]
    [InlineData(45_000_000, "45 MB")]
    [InlineData(24e9, "24 GB")]
    public void Bytes_Size_HasItsUnit(double value, string words) => Assert.Equal(words, Format.Bytes(value));

    [Theory]
    [InlineData(0, "0.0 s")]
    [InlineData(0.0161, "16 ms")]
    [InlineData(0.42, "420 ms")]
    [InlineData(0.9996, "1.0 s")]
    [InlineData(42, "42 s")]
    [InlineData(65, "1 min 05 s")]
    [InlineData(3_900, "1 h 05 min")]
    [InlineData(90_000, "1 d 1 h")]
    [InlineData(double.PositiveInfinity, "–")]
    public void Duration_Seconds_HasTwoUnits(double seconds, string words) =>
        Assert.Equal(words, Format.Duration(seconds));

    [Theory]
    [InlineData(6e-4, "6e-4")]
    [InlineData(0.1, "0.1")]
    [InlineData(0, "0")]
    [InlineData(0.001, "0.001")]
    public void Small_Value_IsShort(double value, string words) => Assert.Equal(words, Format.Small(value));

    [Theory]
    [InlineData(3.14159, "3.1416")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "∞")]
    public void Loss_Value_SaysWhatIsNotFinite(double value, string words) => Assert.Equal(words, Format.Loss(value));
}
