using Platform.Dashboard.Sweeps;

namespace Platform.Dashboard.Tests.Sweeps;

public sealed class NumberRangesTests
{
    [Theory]
    [InlineData(new int[0], "")]
    [InlineData(new[] { 3 }, "3")]
    [InlineData(new[] { 7, 1, 3, 2, 4, 3 }, "1-4,7")]
    [InlineData(new[] { 0, 1, 5, 9, 10 }, "0-1,5,9-10")]
    public void Write_Numbers_DrawsNeighboursTogetherAndReadsBack(int[] numbers, string text)
    {
        Assert.Equal(text, NumberRanges.Write(numbers));
        Assert.Equal(numbers.Distinct().Order(), NumberRanges.Read(text).Order());
    }

    [Theory]
    [InlineData("x,2,-,4-,3-x,1-2-3,-5", new[] { 2 })]
    [InlineData("5-3", new int[0])]
    [InlineData("1-2000000000,6", new[] { 6 })]
    public void Read_WhatIsNone_IsPassedOver(string text, int[] numbers) =>
        Assert.Equal(numbers, NumberRanges.Read(text).Order());
}
