using Platform.Datasets.Corpus.Schemes;

namespace Platform.Datasets.Corpus;

/// <summary>A kind of story: what it is called and how it goes.</summary>
internal sealed record StoryScheme(string Title, Func<Teller, Plot> Tell)
{
    /// <summary>All of them. Their order belongs to what a seed means: append only.</summary>
    public static readonly IReadOnlyList<StoryScheme> All =
    [
        new("Hiding a toy", LostAndFound.HiddenToy),
        new("Leaving something behind", LostAndFound.LeftBehind),
        new("Following a map", LostAndFound.TreasureMap),
        new("Looking for a pet", LostAndFound.LostPet),
        new("Giving a present", Giving.Birthday),
        new("Lending a thing", Giving.Lending),
        new("Swapping things", Giving.Swap),
        new("Shopping at the market", Giving.Market),
        new("Cooking a meal", Kitchen.Cooking),
        new("Ordering in a restaurant", Kitchen.WrongOrder),
        new("Finding a thief", Kitchen.Crumbs),
        new("Feeding a pet", Kitchen.Feeding),
        new("Learning a job", Wishes.DreamJob),
        new("Making a wish", Wishes.FallingStar),
        new("Painting an animal", Wishes.Painting),
        new("Reading a bedtime story", Wishes.BedtimeStory),
        new("Going for a walk", Seasons.WeatherReady),
        new("Planting a garden", Seasons.Garden),
        new("Being afraid", Seasons.Fear),
        new("Reading tracks", Seasons.Tracks),
        new("Travelling to a town", Journeys.DayTrip),
        new("Getting a letter", Journeys.Letter),
        new("Keeping a promise", Journeys.Promise),
        new("Meeting a friend", Journeys.Meeting),
        new("Winning a prize", Contests.Prize),
        new("Playing in a concert", Contests.Concert),
        new("Knowing the password", Contests.Password),
        new("Opening a lock", Contests.Key),
        new("Being ill", Helping.Illness),
        new("Repairing a thing", Helping.Repair),
        new("Walking in the wind", Helping.Clothes),
        new("Giving a talk", Helping.Report),
    ];
}
