using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(RedPacket.Tests.CollectionOrder))]

namespace RedPacket.Tests;

/// <summary>
/// Classes that share a server or a browser run one after the other, and take the longest. The browser's classes start
/// first, so other classes can run beside the last of them. Classes that share a server, and the long simulation, start
/// half-way, when the browser's classes are done: together they would compete for the cores. The fuzzer of messages waits
/// most of its time, so it waits beside all others. The rest keeps its order.
/// </summary>
public sealed class CollectionOrder : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection
    {
        var shared = testCollections
            .Where(collection => collection.TestCollectionClassName is not null)
            .ToLookup(collection => collection.TestCollectionDisplayName is Pages.PageTests.Name or Pages.PacketPages.Name);
        var others = testCollections
            .Where(collection => collection.TestCollectionClassName is null && !IsLong(collection) && !Waits(collection)).ToList();
        var half = others.Count / 2;
        return
        [
            .. testCollections.Where(Waits), .. shared[true], .. others[..half], .. shared[false], .. testCollections.Where(IsLong),
            .. others[half..],
        ];
    }

    private static bool IsLong<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection =>
        Is<Simulation.SimulationTests>(collection);

    private static bool Waits<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection =>
        Is<Fuzz.MessageFuzzTests>(collection);

    private static bool Is<TTests>(ITestCollection collection) =>
        collection.TestCollectionDisplayName.Contains(typeof(TTests).FullName!, StringComparison.Ordinal);
}
