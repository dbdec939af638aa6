namespace Platform.Datasets.Corpus.Words;

/// <summary>Where the stories happen.</summary>
internal static class Places
{
    public static readonly string[] Towns = WordList.Of(
        """
        Ashford, Barlow, Birchwood, Bramley, Brookside, Burnham, Carlton, Clayton, Cliffdale, Coldwater, Cranfield,
        Dalebury, Dunmore, Eastport, Elmstead, Fairview, Fernhill, Foxley, Glenwood, Goldcrest, Greystone, Hartfield,
        Hazelton, Highgate, Hollybank, Ironbridge, Kingsport, Lakeview, Langford, Larkspur, Linden, Longbeach,
        Maplewood, Marshfield, Millbrook, Milton, Newhaven, Northwick, Oakridge, Oldbury, Pinehurst, Ravenna, Redcliff,
        Ridgeway, Riverton, Rosedale, Sandford, Seaport, Silverlake, Southam, Springdale, Stonebridge, Summerhill,
        Sunbury, Thornbury, Valemont, Waterford, Westbrook, Whitby, Willowdale, Winterset, Woodstock
        """);

    /// <summary>Where something can lie unseen indoors; all fit into "It was …".</summary>
    public static readonly string[] Hiding =
        [.. from preposition in (string[])["under", "behind"]
            from furniture in WordList.Of(
                """
                bed, sofa, table, bookcase, wardrobe, piano, fridge, stove, bathtub, armchair, staircase, dresser,
                fireplace, radiator, mattress, bench, washbasin, aquarium, sideboard, doormat
                """)
            select $"{preposition} the {furniture}"];

    /// <summary>Places to go to; all fit into "went to the …".</summary>
    public static readonly string[] Outdoors = WordList.Of(
        """
        forest, beach, park, river, lake, hill, valley, meadow, harbour, market, garden, orchard, farm, island,
        mountain, bridge, pond, cliff, desert, waterfall, playground, vineyard, field, village, zoo, fairground,
        quarry, canal, lookout, campsite
        """);

    /// <summary>Buildings to visit; all fit into "at the …".</summary>
    public static readonly string[] Buildings = WordList.Of(
        """
        museum, library, theatre, station, school, church, hotel, cinema, hospital, airport, stadium, bank, chapel,
        gallery, circus, gym, restaurant, pharmacy, supermarket, laundry, mill, windmill, barn, stable, greenhouse,
        observatory, aquarium, courthouse, cafeteria, inn
        """);

    /// <summary>Landmarks for maps; all fit into "beside the …".</summary>
    public static readonly string[] Landmarks = WordList.Of(
        """
        well, oak, fountain, gate, boulder, chimney, monument, signpost, pier, dam, cave, tunnel, hedge, stream, swamp,
        sundial, scarecrow, anchor, graveyard, totem, beehive, haystack, birdhouse, flagpole
        """);

    public static readonly string[] Rooms = WordList.Of(
        "kitchen, attic, basement, bedroom, bathroom, hallway, garage, study, nursery, loft, parlour, greenhouse");
}
