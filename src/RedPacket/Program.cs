namespace RedPacket;

internal static class Program
{
    private static void Main() { }
}
