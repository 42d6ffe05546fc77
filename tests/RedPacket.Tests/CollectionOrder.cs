using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(RedPacket.Tests.CollectionOrder))]

namespace RedPacket.Tests;

/// <summary>
/// Classes that share a server or a browser run one after the other, and take the longest. The browser's classes start
/// first, so other classes can run beside the last of them. Classes that share a server, and the long simulation, start
/// half-way, when the browser's classes are done: together they would compete for the cores. The rest keeps its order.
/// </summary>
public sealed class CollectionOrder : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection
    {
        var shared = testCollections
            .Where(collection => collection.TestCollectionClassName is not null)
            .ToLookup(collection => collection.TestCollectionDisplayName is Pages.PageTests.Name or Pages.PacketPages.Name);
        var others = testCollections.Where(collection => collection.TestCollectionClassName is null && !IsLong(collection)).ToList();
        var half = others.Count / 2;
        return [.. shared[true], .. others[..half], .. shared[false], .. testCollections.Where(IsLong), .. others[half..]];
    }

    private static bool IsLong<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection =>
        collection.TestCollectionDisplayName.Contains(typeof(Simulation.SimulationTests).FullName!, StringComparison.Ordinal);
}
