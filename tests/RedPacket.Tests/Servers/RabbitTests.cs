namespace RedPacket.Tests.Servers;

/// <summary>
/// Tests that share a RabbitMQ node: <c>[Collection(RabbitTests.Name)]</c> and a constructor parameter of type
/// <see cref="RabbitServer"/>.
/// </summary>
[CollectionDefinition(Name)]
public sealed class RabbitTests : ICollectionFixture<RabbitFixture>
{
    public const string Name = "RabbitMQ";
}
