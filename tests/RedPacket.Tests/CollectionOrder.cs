using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(RedPacket.Tests.CollectionOrder))]

namespace RedPacket.Tests;

/// <summary>
/// Classes that share a server or a browser run one after the other, and take the longest. The browser's begin first, or the last of them would run while
/// nothing else is left to run beside it; the others begin half-way, when it is done: both at once take each other's cores. So does the simulated world, which
/// is long without sharing anything. The rest stays in its order.
/// </summary>
public sealed class CollectionOrder : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection
    {
        var shared = testCollections.Where(collection => collection.TestCollectionClassName is not null).ToLookup(collection => collection.TestCollectionDisplayName == Pages.PageTests.Name);
        var others = testCollections.Where(collection => collection.TestCollectionClassName is null && !IsLong(collection)).ToList();
        var half = others.Count / 2;
        return [.. shared[true], .. others[..half], .. shared[false], .. testCollections.Where(IsLong), .. others[half..]];
    }

    private static bool IsLong<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection =>
        collection.TestCollectionDisplayName.Contains(typeof(Simulation.SimulationTests).FullName!, StringComparison.Ordinal);
}
