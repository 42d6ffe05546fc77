using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(RedPacket.Tests.SharedFirst))]

namespace RedPacket.Tests;

/// <summary>
/// Classes that share a server or a browser run one after the other, so they take the longest: they begin first, or the last of them would run
/// while nothing else is left to run beside it. The others stay in the order in which they come.
/// </summary>
public sealed class SharedFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => collection.TestCollectionClassName is null).ThenBy(collection => collection.TestCollectionDisplayName != Pages.PageTests.Name)];
}
