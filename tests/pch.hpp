// The precompiled header of the tests.
#pragma once
#include "../cmake/pch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
