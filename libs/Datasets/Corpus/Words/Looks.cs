namespace Platform.Datasets.Corpus.Words;

/// <summary>How things and people look, feel and are.</summary>
internal static class Looks
{
    public static readonly string[] Colours = WordList.Of(
        """
        red, blue, green, yellow, black, white, brown, pink, purple, orange, grey, golden, silver, scarlet, crimson,
        turquoise, violet, beige, ivory, maroon, copper, lilac, amber, indigo
        """);

    /// <summary>What toys are made of.</summary>
    public static readonly string[] Materials = WordList.Of(
        "wood, glass, paper, leather, clay, stone, plastic, bamboo, velvet, cardboard, rubber, felt, wool, wax, straw");

    /// <summary>What keys and locks are made of.</summary>
    public static readonly string[] Metals = WordList.Of("iron, brass, steel, tin, bronze, gold, zinc, lead, nickel");

    public static readonly string[] Sizes = WordList.Of(
        "small, big, tiny, huge, little, large, giant, heavy, light, short, long, thin, thick, strange, simple");

    public static readonly string[] Good = WordList.Of(
        """
        lovely, beautiful, splendid, wonderful, charming, pretty, nice, pleasing, perfect, excellent, delightful,
        fantastic, marvelous, pleasant, great, superb, brilliant, magnificent, amazing, impressive
        """);

    public static readonly string[] Bad = WordList.Of(
        """
        ugly, boring, dull, terrible, awful, gloomy, disappointing, useless, horrible, dreary, miserable, poor, bad,
        annoying, tiresome, shabby, dreadful, ridiculous, unpleasant, tasteless
        """);

    public static readonly string[] Old = WordList.Of(
        "old, ancient, antique, famous, curious, secret, precious, rare, worn, funny");

    public static readonly string[] Traits = WordList.Of(
        """
        kind, clever, brave, patient, shy, cheerful, curious, gentle, honest, polite, quiet, lively, careful, proud,
        stubborn, generous, friendly, funny, serious, thoughtful, hopeful, tidy, busy, lazy, restless, modest
        """);

    public static readonly string[] Happy = WordList.Of(
        "happy, glad, delighted, pleased, joyful, overjoyed, relieved, grateful, merry, content");

    public static readonly string[] Sad = WordList.Of(
        "sad, upset, worried, unhappy, gloomy, anxious, lonely, nervous, troubled, tearful");
}
