#include "microvm/channel.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <thread>

#include "microvm/control.pb.h"

namespace mayfly::microvm {
namespace {

class Sockets : public testing::Test {
protected:
    std::pair<Channel, Channel> ends_ = Channel::pair().value();
    std::vector<UniqueFd> descriptors_;
    control::Request request_;

    void send_raw(std::string_view bytes) {
        ASSERT_EQ(::send(ends_.first.fd(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    }
};

TEST_F(Sockets, CarryAMessageAndItsDescriptors) {
    request_.mutable_start()->set_ram_bytes(12345);
    const std::array<int, 2> sent = {0, ends_.first.fd()};
    ASSERT_TRUE(ends_.first.send(request_, sent));

    control::Request received;
    const auto result = ends_.second.receive(received, descriptors_);

    ASSERT_TRUE(result);
    EXPECT_EQ(*result, Received::message);
    EXPECT_EQ(received.start().ram_bytes(), 12345u);
    ASSERT_EQ(descriptors_.size(), 2u);
    EXPECT_EQ(::fcntl(descriptors_[1].get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(Sockets, TellWhetherTheReceiverSlept) {
    ASSERT_TRUE(ends_.first.send(request_));
    ASSERT_TRUE(ends_.second.receive(request_, descriptors_));
    EXPECT_FALSE(ends_.second.has_slept());

    // On a busy machine the message may be there before anybody waits for it.
    for (int tries = 0; tries < 20 && !ends_.second.has_slept(); ++tries) {
        std::thread sender([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            EXPECT_TRUE(ends_.first.send(control::Request{}));
        });
        ASSERT_TRUE(ends_.second.receive(request_, descriptors_));
        sender.join();
    }

    EXPECT_TRUE(ends_.second.has_slept());
}

TEST_F(Sockets, CarryTheLargestMessage) {
    control::Response response;
    response.mutable_output()->set_data(std::string(kMaxPacketBytes - 64, 'x'));

    ASSERT_TRUE(ends_.first.send(response));
    control::Response received;
    const auto result = ends_.second.receive(received, descriptors_);

    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(received.output().data().size(), kMaxPacketBytes - 64);
}

TEST_F(Sockets, RefuseToSendALargerOne) {
    control::Response response;
    response.mutable_output()->set_data(std::string(kMaxPacketBytes, 'x'));

    EXPECT_FALSE(ends_.first.send(response));
}

TEST_F(Sockets, SayWhenTheOtherEndIsClosed) {
    ends_.first = Channel{UniqueFd{}};

    const auto result = ends_.second.receive(request_, descriptors_);

    ASSERT_TRUE(result);
    EXPECT_EQ(*result, Received::closed);
}

// The other end is reset when there was something in it that nobody read.
TEST_F(Sockets, SayWhenTheOtherEndIsResetAndTakeNoDescriptors) {
    const UniqueFd mine{::dup(ends_.first.fd())};
    const std::array<int, 2> sent = {mine.get(), mine.get()};
    request_.mutable_run();
    ASSERT_TRUE(ends_.first.send(request_, sent));  // leaves their numbers on the stack
    ends_.second = Channel{UniqueFd{}};

    const auto result = ends_.first.receive(request_, descriptors_);

    ASSERT_TRUE(result);
    EXPECT_EQ(*result, Received::closed);
    EXPECT_TRUE(descriptors_.empty());
    EXPECT_NE(::fcntl(mine.get(), F_GETFD), -1);
}

TEST_F(Sockets, SayWhenNothingCameInTime) {
    const auto result = ends_.second.receive(request_, descriptors_, 5);

    ASSERT_TRUE(result);
    EXPECT_EQ(*result, Received::timed_out);
}

TEST_F(Sockets, WaitOnWhenASignalComes) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ASSERT_EQ(::sigaction(SIGUSR1, &action, nullptr), 0);
    const pthread_t waiter = ::pthread_self();
    std::thread sender([&] {
        for (int i = 0; i < 3; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            ::pthread_kill(waiter, SIGUSR1);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        control::Request request;
        request.mutable_run()->set_request_id("late");
        ends_.first.send(request).value();
    });

    const auto result = ends_.second.receive(request_, descriptors_);
    sender.join();

    ASSERT_TRUE(result);
    EXPECT_EQ(*result, Received::message);
    EXPECT_EQ(request_.run().request_id(), "late");
}

TEST_F(Sockets, RefuseWhatDoesNotParse) {
    send_raw("\xff\xff\xff\xff");

    EXPECT_FALSE(ends_.second.receive(request_, descriptors_));
}

TEST_F(Sockets, RefuseATruncatedMessage) {
    request_.mutable_run()->set_request_id("abc");
    const std::string bytes = request_.SerializeAsString();
    send_raw(std::string_view(bytes).substr(0, bytes.size() - 1));

    EXPECT_FALSE(ends_.second.receive(request_, descriptors_));
}

TEST_F(Sockets, RefuseAPacketBeyondTheLimit) {
    send_raw(std::string(kMaxPacketBytes + 1, '\0'));

    const auto result = ends_.second.receive(request_, descriptors_);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::too_large);
}

TEST_F(Sockets, RefuseMoreDescriptorsThanTheyTakeAndLeakNone) {
    request_.mutable_run();
    const std::string bytes = request_.SerializeAsString();
    std::array<int, 100> many{};
    iovec data{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof many)> control{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* message = CMSG_FIRSTHDR(&header);
    message->cmsg_level = SOL_SOCKET;
    message->cmsg_type = SCM_RIGHTS;
    message->cmsg_len = CMSG_LEN(sizeof many);
    std::memcpy(CMSG_DATA(message), many.data(), sizeof many);
    ASSERT_EQ(::sendmsg(ends_.first.fd(), &header, 0), static_cast<ssize_t>(bytes.size()));

    const auto result = ends_.second.receive(request_, descriptors_);

    ASSERT_FALSE(result);
    EXPECT_LE(descriptors_.size(), kMaxDescriptors);
}

}  // namespace
}  // namespace mayfly::microvm
