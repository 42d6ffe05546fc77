namespace RedPacket.LoadTest;

internal static class Program
{
    private static int Main() => 0;
}
