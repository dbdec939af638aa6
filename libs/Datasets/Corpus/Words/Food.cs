namespace Platform.Datasets.Corpus.Words;

/// <summary>What is cooked, bought and eaten.</summary>
internal static class Food
{
    public static readonly string[] Dishes = WordList.Of(
        """
        soup, stew, pie, cake, pizza, salad, omelette, lasagna, curry, porridge, pudding, casserole, risotto, goulash,
        pancake, waffle, dumpling, hotpot, burger, sandwich, burrito, paella, quiche, tart, roast, chowder, cheesecake,
        ravioli, fondue, gratin
        """);

    public static readonly string[] Ingredients = WordList.Of(
        """
        onions, garlic, pepper, tomatoes, mushrooms, spinach, pumpkin, beans, lentils, rice, cheese, butter, cream,
        honey, cinnamon, ginger, basil, parsley, mustard, vinegar, olives, almonds, raisins, coconut, chocolate,
        vanilla, nutmeg, thyme, rosemary, saffron, leeks, celery, broccoli, turnips, bacon, salmon, tuna, turkey,
        chicken, beef
        """);

    /// <summary>In the plural, to be counted.</summary>
    public static readonly string[] Fruits = WordList.Of(
        """
        apples, pears, plums, cherries, grapes, lemons, peaches, melons, oranges, bananas, strawberries, raspberries,
        blueberries, apricots, figs, dates, mangoes, kiwis, limes, coconuts, pineapples, cucumbers, tomatoes, carrots,
        potatoes, onions, radishes, walnuts, chestnuts, eggs
        """);

    public static readonly string[] Treats = WordList.Of(
        """
        cookies, muffins, donuts, candies, brownies, biscuits, pretzels, sausages, cupcakes, crackers, scones,
        truffles, croissants, dumplings, waffles, macaroons
        """);

    public static readonly string[] Drinks = WordList.Of(
        "tea, coffee, milk, juice, water, lemonade, cocoa, cider, tonic, broth, syrup, soda");

    public static readonly string[] Tastes = WordList.Of(
        "sweet, sour, salty, bitter, spicy, crispy, juicy, fresh, creamy, warm, rich, tender");
}
